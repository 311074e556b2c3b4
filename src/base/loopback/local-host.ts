/**
 * Whether a `Host` header names this machine in a way that no name server can give: a page in somebody's browser that was
 * led to a loopback listener names another host (D26).
 */
export function isLocalHost(host: string | undefined): boolean {
  return host !== undefined && LOCAL_HOST.test(host)
}

const LOCAL_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i
