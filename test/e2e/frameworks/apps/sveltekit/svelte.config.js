import adapter from '@sveltejs/adapter-netlify'

export default { kit: { adapter: adapter({ split: process.env.SPLIT === 'yes' }) } }
