/*
 * Stands where the native packages do when a bundler builds for a place that loads no addons (package.json, "imports"):
 * it would follow `import()` into them even where nothing hashes passwords, and fail.
 */
throw new Error('Native packages do not load here.')

export {}
