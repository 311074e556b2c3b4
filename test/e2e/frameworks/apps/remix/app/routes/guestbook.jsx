import { redirect } from '@remix-run/node'
import { Form } from '@remix-run/react'

export async function action({ request }) {
  const form = await request.formData()
  return redirect(`/?name=${form.get('name')}`)
}

export default function Guestbook() {
  return (
    <Form method="post">
      <input name="name" />
    </Form>
  )
}
