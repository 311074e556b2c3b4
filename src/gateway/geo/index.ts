export { type GeoDatabase, openGeoDatabase } from './database.ts'
export { formatPlace, MOCK_PLACE, mockCountry, type Place } from './place.ts'
