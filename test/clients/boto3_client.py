"""Every served operation of the ecr door through boto3, with documented errors as typed exceptions."""

import base64
import hashlib
import json
import urllib.request

import boto3
from botocore.config import Config

config = Config(retries={"max_attempts": 1})
ecr = boto3.client("ecr", config=config)
NAME = "boto3/app"
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        raise AssertionError(what)


def raises(error, call, **arguments):
    try:
        call(**arguments)
    except error:
        check(True, "")
        return
    raise AssertionError(f"{call.__name__} did not raise {error}")


def upload(content):
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    started = ecr.initiate_layer_upload(repositoryName=NAME)
    check(started["partSize"] == 10485760, "part size")
    part = dict(repositoryName=NAME, uploadId=started["uploadId"])
    received = ecr.upload_layer_part(partFirstByte=0, partLastByte=len(content) - 1, layerPartBlob=content, **part)
    check(received["lastByteReceived"] == len(content) - 1, "last byte")
    completed = ecr.complete_layer_upload(layerDigests=[digest], **part)
    check(completed["layerDigest"] == digest, "layer digest")
    return digest


def manifest(config_content, layer_content, subject=None):
    descriptor = lambda kind, content: {
        "mediaType": kind,
        "digest": "sha256:" + hashlib.sha256(content).hexdigest(),
        "size": len(content),
    }
    value = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", config_content),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", layer_content)],
    }
    if subject is not None:
        value["subject"] = subject
        value["artifactType"] = "application/vnd.example.note"
    return json.dumps(value)


# repositories
created = ecr.create_repository(repositoryName=NAME, tags=[{"Key": "a", "Value": "b"}])["repository"]
arn = created["repositoryArn"]
account = created["registryId"]
raises(ecr.exceptions.RepositoryAlreadyExistsException, ecr.create_repository, repositoryName=NAME)
raises(ecr.exceptions.InvalidParameterException, ecr.create_repository, repositoryName="Upper/Case")
raises(ecr.exceptions.RepositoryNotFoundException, ecr.describe_repositories, repositoryNames=["no/such"])
for number in range(3):
    ecr.create_repository(repositoryName=f"boto3/page{number}")
pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 2})
names = [repository["repositoryName"] for page in pages for repository in page["repositories"]]
check(len(names) == len(set(names)) and NAME in names, "pages of repositories")

# resource tags
ecr.tag_resource(resourceArn=arn, tags=[{"Key": "c", "Value": "d"}])
ecr.untag_resource(resourceArn=arn, tagKeys=["a"])
check(ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "c", "Value": "d"}], "resource tags")
raises(ecr.exceptions.InvalidParameterException, ecr.list_tags_for_resource, resourceArn="arn:aws:s3:::bucket")

# repository policy
raises(ecr.exceptions.RepositoryPolicyNotFoundException, ecr.get_repository_policy, repositoryName=NAME)
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:ListImages"}]}
ecr.set_repository_policy(repositoryName=NAME, policyText=json.dumps(policy))
check(json.loads(ecr.get_repository_policy(repositoryName=NAME)["policyText"]) == policy, "policy text")
ecr.delete_repository_policy(repositoryName=NAME)
raises(ecr.exceptions.InvalidParameterException, ecr.set_repository_policy, repositoryName=NAME, policyText="{}")

# layers
config_content, layer_content = b'{"architecture":"amd64","os":"linux"}', b"layer" * 1000
config_digest, layer_digest = upload(config_content), upload(layer_content)
absent = "sha256:" + "0" * 64
available = ecr.batch_check_layer_availability(repositoryName=NAME, layerDigests=[layer_digest, absent])
states = {layer["layerDigest"]: layer["layerAvailability"] for layer in available["layers"]}
check(states.get(layer_digest) == "AVAILABLE" and states.get(absent) != "AVAILABLE", "availability")
raises(ecr.exceptions.LayersNotFoundException, ecr.get_download_url_for_layer, repositoryName=NAME, layerDigest=absent)
started = ecr.initiate_layer_upload(repositoryName=NAME)["uploadId"]
bad = dict(repositoryName=NAME, uploadId=started)
raises(
    ecr.exceptions.InvalidLayerPartException,
    ecr.upload_layer_part,
    partFirstByte=5,
    partLastByte=6,
    layerPartBlob=b"xy",
    **bad,
)
raises(ecr.exceptions.EmptyUploadException, ecr.complete_layer_upload, layerDigests=[absent], **bad)
ecr.upload_layer_part(partFirstByte=0, partLastByte=1, layerPartBlob=b"xy", **bad)
raises(ecr.exceptions.InvalidLayerException, ecr.complete_layer_upload, layerDigests=[absent], **bad)
bad["uploadId"] = "00000000-0000-4000-8000-000000000000"
raises(ecr.exceptions.UploadNotFoundException, ecr.complete_layer_upload, layerDigests=[absent], **bad)

# images
image = manifest(config_content, layer_content)
put = ecr.put_image(repositoryName=NAME, imageManifest=image, imageTag="one")["image"]
digest = put["imageId"]["imageDigest"]
check(digest == "sha256:" + hashlib.sha256(image.encode()).hexdigest(), "image digest")
again = dict(repositoryName=NAME, imageManifest=image, imageTag="one")
raises(ecr.exceptions.ImageAlreadyExistsException, ecr.put_image, **again)
missing = manifest(b"not there", layer_content)
raises(ecr.exceptions.LayersNotFoundException, ecr.put_image, repositoryName=NAME, imageManifest=missing)
wrong = dict(repositoryName=NAME, imageManifest=image, imageTag="two", imageDigest=absent)
raises(ecr.exceptions.ImageDigestDoesNotMatchException, ecr.put_image, **wrong)
ids = [{"imageTag": "one"}, {"imageTag": "absent"}]
got = ecr.batch_get_image(repositoryName=NAME, imageIds=ids)
check(got["images"][0]["imageManifest"] == image, "manifest comes back byte for byte")
check(got["failures"][0]["failureCode"] == "ImageNotFound", "failure of the absent one")
url = ecr.get_download_url_for_layer(repositoryName=NAME, layerDigest=layer_digest)["downloadUrl"]
check(urllib.request.urlopen(url).read() == layer_content, "download URL")
listed = ecr.list_images(repositoryName=NAME, filter={"tagStatus": "TAGGED"})["imageIds"]
check(listed == [{"imageDigest": digest, "imageTag": "one"}], "list images")
detail = ecr.describe_images(repositoryName=NAME, imageIds=[{"imageTag": "one"}])["imageDetails"][0]
check(detail["imageTags"] == ["one"] and detail["imageSizeInBytes"] > 0, "image detail")
describe = dict(repositoryName=NAME, imageIds=[{"imageTag": "absent"}])
raises(ecr.exceptions.ImageNotFoundException, ecr.describe_images, **describe)

# referrers (a client of an older model may not know the operation)
subject = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": len(image)}
note = ecr.put_image(repositoryName=NAME, imageManifest=manifest(config_content, layer_content, subject))
if hasattr(ecr, "list_image_referrers"):
    referrers = ecr.list_image_referrers(repositoryName=NAME, subjectId={"imageDigest": digest})["referrers"]
    check([one["digest"] for one in referrers] == [note["image"]["imageId"]["imageDigest"]], "referrers")

# tag mutability
ecr.put_image_tag_mutability(repositoryName=NAME, imageTagMutability="IMMUTABLE")
moved = dict(repositoryName=NAME, imageManifest=image.replace(" ", ""), imageTag="one")
raises(ecr.exceptions.ImageTagAlreadyExistsException, ecr.put_image, **moved)

# the rest
check(ecr.describe_registry()["registryId"] == account, "registry")
token = ecr.get_authorization_token()["authorizationData"][0]
user, password = base64.b64decode(token["authorizationToken"]).decode().split(":")
check(user == "AWS" and len(password) > 100, "authorization token")
raises(ecr.exceptions.RepositoryNotEmptyException, ecr.delete_repository, repositoryName=NAME)
deleted = ecr.batch_delete_image(repositoryName=NAME, imageIds=[{"imageTag": "one"}, {"imageTag": "absent"}])
check(deleted["imageIds"] == [{"imageDigest": digest, "imageTag": "one"}], "deleted")
check(deleted["failures"][0]["failureCode"] == "ImageNotFound", "nothing to delete")
ecr.delete_repository(repositoryName=NAME, force=True)
raises(ecr.exceptions.RepositoryNotFoundException, ecr.delete_repository, repositoryName=NAME)
print(f"{checks} checks passed")
