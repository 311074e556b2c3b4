export default defineEventHandler(() => useStorage('assets:server').getItem('prices.txt'))
