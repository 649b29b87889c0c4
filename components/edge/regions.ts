/** Region in which CloudFront's certificates, web ACLs and log sources live, wherever the stack is. */
export const CLOUDFRONT_REGION = "us-east-1";
