/**
 * What editors and systems leave beside the files that people write: Netlify's list (the package `junk`, build.md §11.4)
 * and the locks and copies of editors. It lies in a function's folder without belonging to it.
 *
 * @param name of a file or folder, without its path.
 */
export function isLitter(name: string): boolean {
  return LITTER.some((pattern) => pattern.test(name))
}

const LITTER = [
  // Systems: macOS, Windows, network drives.
  /^\.(DS_Store|AppleDouble|LSOverride|Trashes|Spotlight-V100)$|^\._|^__MACOSX$|^Icon\r$|^@eaDir$/,
  /^((eh)?thumbs\.db|desktop\.ini)$/i,
  // Editors: swap files of Vim and Kate (.swf and .swc of visible files are formats), Emacs's locks and copies, backups.
  /^\..*\.(sw[a-p]|kate-swp)$|\.sw[nop]$|^\.#|^#.*#$|~$/,
  /^npm-debug\.log$/,
]
