'use client'

export default function Failed() {
  return <h1>This page is closed</h1>
}
