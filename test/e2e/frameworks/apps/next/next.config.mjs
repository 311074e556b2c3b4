export default {
  poweredByHeader: false,
  redirects: async () => [{ source: '/former/:city', destination: '/stays/:city', permanent: true }],
  headers: async () => [{ source: '/stays/:city', headers: [{ key: 'x-from-config', value: 'stays' }] }],
  rewrites: async () => [{ source: '/inns/:city', destination: '/stays/:city' }],
}
