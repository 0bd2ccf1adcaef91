// Photos of a product, drawn by the browser's canvas, so that no image library is needed.

// A JPEG of a mug before a wall of a random colour, and its mean colour.
export async function draw(page, width = 900, height = 1200) {
  const hue = Math.floor(Math.random() * 360);
  const drawn = await page.evaluate(paint, { hue, width, height });
  return { hue, mean: drawn.mean, name: `mug-${hue}.jpg`, mimeType: 'image/jpeg', buffer: Buffer.from(drawn.base64, 'base64') };
}

// Runs in the browser.
function paint({ hue, width, height }) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext('2d');
  pen.scale(width / 900, height / 1200);
  const wall = pen.createLinearGradient(0, 0, 0, 1200);
  wall.addColorStop(0, `hsl(${hue} 60% 60%)`);
  wall.addColorStop(1, `hsl(${hue} 60% 45%)`);
  pen.fillStyle = wall;
  pen.fillRect(0, 0, 900, 1200);
  pen.fillStyle = `hsl(${hue} 45% 35%)`;
  pen.fillRect(0, 880, 900, 320);
  pen.fillStyle = '#0003';
  pen.beginPath();
  pen.ellipse(450, 900, 270, 40, 0, 0, 2 * Math.PI);
  pen.fill();
  // The mug: its handle, its body, its opening, and two stripes.
  const clay = `hsl(${(hue + 40) % 360} 55% 72%)`;
  pen.strokeStyle = clay;
  pen.lineWidth = 44;
  pen.beginPath();
  pen.arc(660, 690, 95, -1.4, 1.4);
  pen.stroke();
  pen.fillStyle = clay;
  pen.beginPath();
  pen.roundRect(260, 500, 400, 400, [20, 20, 90, 90]);
  pen.fill();
  pen.fillStyle = `hsl(${(hue + 40) % 360} 40% 30%)`;
  pen.beginPath();
  pen.ellipse(460, 505, 198, 46, 0, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = `hsl(${(hue + 180) % 360} 65% 50%)`;
  pen.fillRect(260, 640, 400, 34);
  pen.fillRect(260, 710, 400, 34);
  const { data } = pen.getImageData(0, 0, width, height);
  const mean = [0, 1, 2].map((channel) => {
    let sum = 0;
    for (let at = channel; at < data.length; at += 4) sum += data[at];
    return Math.round(sum / (data.length / 4));
  });
  return { mean, base64: canvas.toDataURL('image/jpeg', 0.9).split(',')[1] };
}

// How far two colours are from each other: 0 for the same, 441 for black and white.
export const distance = (one, other) => Math.hypot(...one.map((value, channel) => value - other[channel]));
