// The doors, one line each. Services never import one another: they meet only here.

export { ecrService } from './ecr/service.ts';
export { iamService } from './iam/service.ts';
export { kmsService } from './kms/service.ts';
export { ociService } from './oci/service.ts';
export { organizationsService } from './organizations/service.ts';
export { sallyportService } from './sallyport/service.ts';
export { stsService } from './sts/service.ts';
