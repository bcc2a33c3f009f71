"""Calls ECR operations for the tests: one JSON line in, one out. `boto3` or `cli` (the aws CLI in this process)."""

import contextlib
import io
import json
import re
import sys

from botocore import xform_name


def open_boto3():
    import boto3
    from botocore.config import Config

    ecr = boto3.client("ecr", config=Config(retries={"max_attempts": 1}))

    def call(operation, arguments):
        try:
            output = getattr(ecr, xform_name(operation))(**arguments)
        except ecr.exceptions.ClientError as error:
            name = error.response["Error"]["Code"]
            typed = getattr(ecr.exceptions, name, None) if name in dir_of(ecr) else None
            return {"error": name, "isTyped": typed is not None and type(error) is typed, "message": str(error)}
        output.pop("ResponseMetadata", None)
        return {"output": output}

    return call


def dir_of(ecr):
    """The exceptions of the service's model."""
    return {shape.name for shape in ecr.meta.service_model.error_shapes}


def open_cli():
    from awscli.clidriver import create_clidriver

    driver = create_clidriver()

    def call(operation, arguments):
        command = xform_name(operation, "-")
        text = json.dumps(arguments, default=lambda blob: blob.decode())
        args = ["ecr", command, "--cli-input-json", text, "--no-paginate", "--output", "json"]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = driver.main(args)
        if code == 0:
            return {"output": json.loads(out.getvalue() or "{}")}
        found = re.search(r"An error occurred \((\w+)\) when calling the (\w+) operation", err.getvalue())
        isTyped = found is not None and found.group(2) == operation and code in (254, 255)
        return {"error": found.group(1) if found else "", "isTyped": isTyped, "message": err.getvalue()}

    return call


call = {"boto3": open_boto3, "cli": open_cli}[sys.argv[1]]()
stdout = sys.stdout
for line in sys.stdin:
    request = json.loads(line)
    arguments = request["input"]
    if "layerPartBlob" in arguments:
        arguments["layerPartBlob"] = arguments["layerPartBlob"].encode()
    print(json.dumps(call(request["operation"], arguments), default=str), file=stdout, flush=True)
