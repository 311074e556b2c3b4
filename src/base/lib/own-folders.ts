/** What Roost writes into a project, relative to it (D22). */
export const OWN_FOLDER = '.netlify/roost'
export const BUILD_FOLDER = `${OWN_FOLDER}/build`
export const CHECK_FOLDER = `${OWN_FOLDER}/check`
export const DATA_FOLDER = `${OWN_FOLDER}/data`
