/**
 * Hosts one policy pack in a process of its own, as the engine does: the pack in the current directory prints the port of
 * its analyzer. The process ends with its parent, however that ends.
 */
process.stdin.resume().once("end", () => process.exit());
require(process.cwd());
