import { createRootRoute, HeadContent, Outlet, Scripts } from '@tanstack/react-router'
import style from '../style.css?url'

export const Route = createRootRoute({
  head: () => ({ links: [{ rel: 'stylesheet', href: style }] }),
  notFoundComponent: () => <h1>Nobody stays here</h1>,
  component: () => (
    <html lang="en">
      <head>
        <HeadContent />
      </head>
      <body>
        <Outlet />
        <Scripts />
      </body>
    </html>
  ),
})
