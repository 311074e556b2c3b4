const form = document.querySelector('#new')
const list = document.querySelector('#notes')
const empty = document.querySelector('#empty')
const problem = document.querySelector('#problem')

async function call(path, options) {
  const response = await fetch(path, options)
  if (!response.ok)
    throw new Error((await response.json().catch(() => ({}))).error ?? `HTTP ${response.status}`)
  return response
}

async function refresh() {
  const notes = await (await call('/api/notes')).json()
  list.replaceChildren(...notes.reverse().map(toItem))
  empty.hidden = notes.length > 0
  document.body.dataset.ready = 'true'
}

function toItem({ id, text, createdAt }) {
  const item = document.createElement('li')
  const body = document.createElement('p')
  body.textContent = text
  const time = document.createElement('time')
  time.dateTime = createdAt
  time.textContent = new Date(createdAt).toLocaleString()
  const remove = document.createElement('button')
  remove.textContent = 'Delete'
  remove.addEventListener('click', () =>
    attempt(() => call(`/api/notes/${encodeURIComponent(id)}`, { method: 'DELETE' })),
  )
  item.append(body, time, remove)
  return item
}

/** Does something, then shows what is stored now, or what went wrong. */
async function attempt(work) {
  problem.hidden = true
  try {
    await work()
    await refresh()
  } catch (error) {
    problem.textContent = error.message
    problem.hidden = false
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  attempt(async () => {
    const text = new FormData(form).get('text')
    await call('/api/notes', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    })
    form.reset()
  })
})

attempt(() => {})
