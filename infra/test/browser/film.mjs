// Plays a film that the page shows, and measures it.

// What a <video> of the page really is: its length and size, whether it plays, its mean colour, and how much its pictures differ.
export const measure = (video) => video.evaluate(watch);

// Runs in the browser.
async function watch(video) {
  const event = (name, secs = 20) => new Promise((resolve, reject) => {
    const failed = () => reject(new Error(`the film has an error: ${video.error?.message || video.error?.code}`));
    if (video.error) failed();
    video.addEventListener(name, resolve, { once: true });
    video.addEventListener('error', failed, { once: true });
    setTimeout(() => reject(new Error(`the film had no ${name} within ${secs} s`)), secs * 1000);
  });
  if (video.readyState < HTMLMediaElement.HAVE_METADATA) await event('loadedmetadata');
  const { duration, videoWidth: width, videoHeight: height } = video;
  video.muted = true;
  await video.play();
  while (video.currentTime < 0.3) await event('timeupdate');
  const played = video.currentTime;
  video.pause();

  const canvas = document.createElement('canvas');
  canvas.width = 54;
  canvas.height = Math.round((54 * height) / width);
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const pictures = [];
  for (const part of [0.05, 0.5, 0.95]) {
    const seeked = event('seeked');
    video.currentTime = duration * part;
    await seeked;
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    pictures.push(pen.getImageData(0, 0, canvas.width, canvas.height).data);
  }
  const isColour = (value, at) => at % 4 !== 3;
  const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const differences = pictures.slice(1).map((picture, before) =>
    average([...picture].map((value, at) => Math.abs(value - pictures[before][at])).filter(isColour)));
  const mean = [0, 1, 2].map((channel) =>
    Math.round(average(pictures.map((picture) => average([...picture].filter((value, at) => at % 4 === channel))))));
  return { duration, width, height, played, mean, differences };
}
