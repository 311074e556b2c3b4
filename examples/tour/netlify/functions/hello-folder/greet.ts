/** Files beside the entry point are part of the function, not functions of their own. */
export function greet(place: string): string {
  return `Hello from ${place}!`
}
