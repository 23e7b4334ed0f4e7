// A short tone, made by the browser itself.
const LASTS_S = 0.25
const FREQUENCIES_HZ = [660, 880]
const LOUDNESS = 0.12

/** Silent until the person has touched the page, as browsers demand. */
export function playTone(): void {
  const audio = new AudioContext()
  const [tone, volume] = [audio.createOscillator(), audio.createGain()]
  const begin = audio.currentTime
  for (const [n, frequency] of FREQUENCIES_HZ.entries())
    tone.frequency.setValueAtTime(frequency, begin + (n * LASTS_S) / FREQUENCIES_HZ.length)
  volume.gain.setValueAtTime(LOUDNESS, begin)
  volume.gain.exponentialRampToValueAtTime(LOUDNESS / 100, begin + LASTS_S)
  tone.connect(volume).connect(audio.destination)
  tone.addEventListener('ended', () => void audio.close())
  tone.start()
  tone.stop(begin + LASTS_S)
}
