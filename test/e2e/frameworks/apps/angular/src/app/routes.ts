import type { Routes } from '@angular/router'
import { About, Home, NotFound, Stay } from './pages'

export const routes: Routes = [
  { path: '', component: Home },
  { path: 'about', component: About },
  { path: 'stays/:city', component: Stay },
  { path: '**', component: NotFound },
]
