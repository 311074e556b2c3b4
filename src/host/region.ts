/** Of Netlify's default region, `cmh`: libraries take it for the region of AWS (runtime.md §12.1). */
export const PRIMARY_REGION = 'us-east-2'
