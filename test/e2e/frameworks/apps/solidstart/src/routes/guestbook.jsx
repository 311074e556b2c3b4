import { action, redirect } from '@solidjs/router'

const sign = action(async (form) => {
  'use server'
  throw redirect(`/?name=${form.get('name')}`)
}, 'sign')

export default function Guestbook() {
  return (
    <form action={sign} method="post">
      <input name="name" />
    </form>
  )
}
