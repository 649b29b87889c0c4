/**
 * Takes the place of packages that the Pulumi SDK loads for one purpose: to turn functions of a program into AWS Lambdas. No
 * policy pack does, and they are most of what it would load.
 */
