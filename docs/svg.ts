/**
 * The few SVG shapes the pictures are made of.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Colours that stay apart for colour-blind readers (after Okabe and Ito), on white so that dark pages show them too. */
export const palette = {
  ink: '#1b1b1b',
  faint: '#9a9a9a',
  blue: '#0072b2',
  orange: '#d55e00',
  green: '#009e73',
  paleBlue: '#dcebf5',
  paleOrange: '#fbe5d6',
  paleGreen: '#d9f0e8',
  grey: '#f2f2f2',
} as const;

export function picture(width: number, height: number, title: string, shapes: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    `  role="img" aria-label="${escapeXml(title)}" font-family="ui-sans-serif, 'DejaVu Sans', Helvetica, Arial, sans-serif">`,
    `<title>${escapeXml(title)}</title>`,
    '<defs>',
    ...Object.entries(palette).map(([name, colour]) => arrowHead(name, colour)),
    '</defs>',
    `<rect width="${width}" height="${height}" rx="8" fill="white"/>`,
    ...shapes,
    '</svg>',
    '',
  ].join('\n');
}

function arrowHead(name: string, colour: string): string {
  return (
    `<marker id="head-${name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">` +
    `<path d="M0 0.5 L8 4 L0 7.5 z" fill="${colour}"/></marker>`
  );
}

export interface BoxStyle {
  readonly fill?: string;
  readonly stroke?: string;
  readonly size?: number;
  readonly round?: number;
  readonly dashed?: boolean;
}

/** A box around its centre, with one line of text or several. */
export function box(centre: Point, width: number, height: number, text: string, style: BoxStyle = {}): string {
  const { fill = 'white', stroke = palette.ink, size = 13, round = 4, dashed = false } = style;
  const lines = text.split('\n');
  const words = lines.map((line, i) =>
    label({ x: centre.x, y: centre.y + (i - (lines.length - 1) / 2) * size * 1.25 }, line, {
      size: i === 0 ? size : size - 2,
    }),
  );
  const rect =
    `<rect x="${centre.x - width / 2}" y="${centre.y - height / 2}" width="${width}" height="${height}" rx="${round}" ` +
    `fill="${fill}" stroke="${stroke}"${dashed ? ' stroke-dasharray="4 3"' : ''}/>`;
  return [rect, ...words].join('\n');
}

export interface LabelStyle {
  readonly size?: number;
  readonly colour?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
}

export function label({ x, y }: Point, text: string, style: LabelStyle = {}): string {
  const { size = 13, colour = palette.ink, anchor = 'middle', bold = false } = style;
  const weight = bold ? ' font-weight="600"' : '';
  return (
    `<text x="${x}" y="${y}" dy="0.35em" font-size="${size}" fill="${colour}" text-anchor="${anchor}"` +
    `${weight}>${escapeXml(text)}</text>`
  );
}

/** A line through points, with an arrow head at its end. */
export function arrow(points: readonly Point[], colour: keyof typeof palette = 'ink', dashed = false): string {
  const path = points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join(' ');
  return (
    `<path d="${path}" fill="none" stroke="${palette[colour]}" stroke-width="1.5"` +
    `${dashed ? ' stroke-dasharray="4 3"' : ''} marker-end="url(#head-${colour})"/>`
  );
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
