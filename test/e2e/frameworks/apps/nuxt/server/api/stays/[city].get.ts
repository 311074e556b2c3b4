export default defineEventHandler((event) => ({
  city: getRouterParam(event, 'city'),
  nights: Number(getQuery(event).nights ?? 1),
}))
