/** The letter of an availability zone (`us-east-1a` → `a`): stable in resource names when zones come and go. */
export function zoneLetter(zone: string): string {
  return zone.slice(-1);
}
