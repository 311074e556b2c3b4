/** Whether HTTP gives an answer no body (RFC 9110, 6.4.1): to HEAD, and with 204 and 304. */
export function isBodyless(isHead: boolean, status: number): boolean {
  return isHead || status === 204 || status === 304
}
