// Puts the chosen theme on before the first paint; runs before everything else and touches nothing but one attribute.
try {
  document.documentElement.dataset.theme = localStorage.getItem('taifas:theme') ?? 'auto'
} catch {
  // No storage: the device's own choice.
}
