import { redirect } from 'next/navigation'

async function sign(form) {
  'use server'
  redirect(`/?name=${form.get('name')}`)
}

export default function Guestbook() {
  return (
    <form action={sign}>
      <input name="name" />
    </form>
  )
}
