import { Form, redirect } from 'react-router'

export async function action({ request }: { request: Request }) {
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
