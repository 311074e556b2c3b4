/** The AWS region of Netlify's default region, `cmh`, which libraries expect (runtime.md §12.1). */
export const PRIMARY_REGION = 'us-east-2'
