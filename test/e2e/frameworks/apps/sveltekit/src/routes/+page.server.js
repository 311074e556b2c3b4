export function load({ url, platform, getClientAddress, cookies }) {
  const visits = Number(cookies.get('visits') ?? 0) + 1
  cookies.set('visits', String(visits), { path: '/' })
  return {
    name: url.searchParams.get('name') ?? 'nobody',
    origin: url.origin,
    address: getClientAddress(),
    requestId: platform.context.requestId,
    visits,
  }
}
