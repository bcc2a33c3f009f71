// Prefixes of AWS services whose actions are not served here: policies may speak of them, and nothing more is checked.

const prefixes = `
  access-analyzer account acm acm-pca airflow amplify apigateway appconfig application-autoscaling appmesh apprunner
  appstream appsync artifact athena auditmanager autoscaling aws-marketplace aws-portal backup batch bedrock billing
  braket budgets ce chatbot chime cloud9 cloudformation cloudfront cloudhsm cloudshell cloudtrail cloudwatch
  codeartifact codebuild codecommit codeconnections codedeploy codepipeline codestar-connections cognito-identity
  cognito-idp compute-optimizer config connect controltower cur databrew dataexchange datapipeline datasync dax
  detective devicefarm directconnect dlm dms ds dynamodb ebs ec2 ec2-instance-connect ec2messages ecr-public ecs eks
  elasticache elasticbeanstalk elasticfilesystem elasticloadbalancing elasticmapreduce es events execute-api firehose
  fis fms fsx gamelift glacier globalaccelerator glue grafana greengrass guardduty health healthlake identitystore
  imagebuilder inspector inspector2 internetmonitor iot ivs kafka kendra kinesis kinesisanalytics kms lakeformation
  lambda lex license-manager lightsail location logs lookoutmetrics machinelearning macie2 managedblockchain
  mediaconvert memorydb mgn mobiletargeting monitron mq neptune-db network-firewall networkmanager notary oam
  opensearch organizations osis outposts personalize pi pipes polly pricing proton qldb quicksight ram rds rds-db
  redshift redshift-data redshift-serverless rekognition resource-explorer-2 resource-groups robomaker rolesanywhere
  route53 route53domains route53resolver rum s3 s3-object-lambda s3-outposts sagemaker savingsplans scheduler schemas
  secretsmanager securityhub securitylake serverlessrepo servicecatalog servicediscovery servicequotas ses shield
  signer signin sns sqs ssm ssmmessages sso sso-directory states storagegateway sts support swf synthetics tag
  textract timestream transcribe transfer translate trustedadvisor vpc-lattice waf waf-regional wafv2 wellarchitected
  workdocs workmail workspaces xray
`;

const known: ReadonlySet<string> = new Set(prefixes.trim().split(/\s+/));

/** `prefix` is in lower case. */
export function isServicePrefix(prefix: string): boolean {
  return known.has(prefix);
}
