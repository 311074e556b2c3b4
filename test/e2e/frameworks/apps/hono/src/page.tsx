import type { FC } from 'hono/jsx'

export const Page: FC<{ title: string; visitor: string }> = ({ title, visitor }) => (
  <html lang="en">
    <head>
      <title>{title}</title>
      <link rel="stylesheet" href="/style.css" />
    </head>
    <body>
      <h1>Hello {visitor}</h1>
    </body>
  </html>
)
