import { mergeApplicationConfig } from '@angular/core'
import { type BootstrapContext, bootstrapApplication } from '@angular/platform-browser'
import { provideServerRendering, withRoutes } from '@angular/ssr'
import { App } from './app/app'
import { config } from './app/config'
import { serverRoutes } from './app/server-routes'

const server = { providers: [provideServerRendering(withRoutes(serverRoutes))] }

export default (context: BootstrapContext) =>
  bootstrapApplication(App, mergeApplicationConfig(config, server), context)
