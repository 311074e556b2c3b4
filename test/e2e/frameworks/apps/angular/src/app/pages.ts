import { Component, inject, Input, REQUEST } from '@angular/core'

@Component({ selector: 'app-home', template: '<h1>Hello {{ name ?? "you" }}</h1><p>{{ line }}</p>' })
export class Home {
  @Input() name?: string
  readonly #request = inject(REQUEST)
  readonly line = this.#request
    ? `${new URL(this.#request.url).origin} ${this.#request.headers.get('cookie')}`
    : 'in the browser'
}

@Component({ selector: 'app-about', template: '<h1>Written at build time</h1>' })
export class About {}

@Component({ selector: 'app-stay', template: '<h1>A stay in {{ city }}</h1>' })
export class Stay {
  @Input() city = ''
}

@Component({ selector: 'app-not-found', template: '<h1>Nobody stays here</h1>' })
export class NotFound {}
