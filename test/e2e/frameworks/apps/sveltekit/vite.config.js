import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [sveltekit()],
  // Server assets stay files: `read` has to find them beside the function.
  build: { assetsInlineLimit: 0 },
})
