declare module 'netlify-redirector' {
  interface Request {
    scheme: string
    host: string
    path: string
    /** Without its `?`. */
    query: string
    headers: Record<string, string>
    cookieValues: Record<string, string>
    getHeader(name: string): string
    getCookie(name: string): string
  }
  interface Redirector {
    match(request: Request): { from: string; to: string; status: number } | null
  }
  const redirector: { parsePlain(rules: string, options: object): Promise<Redirector> }
  export default redirector
}
