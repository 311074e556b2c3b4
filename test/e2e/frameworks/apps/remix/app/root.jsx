import { isRouteErrorResponse, Links, Outlet, Scripts, useRouteError } from '@remix-run/react'
import style from './style.css?url'

export const links = () => [{ rel: 'stylesheet', href: style }]

export function Layout({ children }) {
  return (
    <html lang="en">
      <head>
        <Links />
      </head>
      <body>
        {children}
        <Scripts />
      </body>
    </html>
  )
}

export default function App() {
  return <Outlet />
}

export function ErrorBoundary() {
  const error = useRouteError()
  return <h1>{isRouteErrorResponse(error) ? `${error.status} ${error.data}` : 'failed'}</h1>
}
