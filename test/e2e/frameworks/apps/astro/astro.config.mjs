import netlify from '@astrojs/netlify'
import { defineConfig } from 'astro/config'

export default defineConfig({
  output: 'server',
  // Images are made by the function itself, with sharp: there is no image CDN.
  adapter: netlify({ imageCDN: false }),
  redirects: { '/old-stays': '/stays/rome' },
  build: { inlineStylesheets: 'never' },
})
