export default defineNuxtConfig({
  compatibilityDate: '2026-01-01',
  telemetry: false,
  nitro: { preset: 'netlify' },
  routeRules: {
    '/about': { prerender: true },
    '/old-stays': { redirect: '/stays/rome' },
  },
})
