import { redirect } from '@sveltejs/kit'

export const actions = {
  async default({ request }) {
    const form = await request.formData()
    redirect(303, `/?name=${form.get('name')}`)
  },
}
