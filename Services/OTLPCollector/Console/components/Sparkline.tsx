// A row of small bars.

export function Sparkline({ values, label, tone = "bad", width = 120, height = 20 }: { values: number[]; label: string; tone?: "bad" | "accent"; width?: number; height?: number }) {
  const most = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  return (
    <svg className="sparkline" role="img" aria-label={label} width={width} height={height} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none">
      <title>{label}</title>
      <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} stroke="var(--border)" />
      {values.map((value, index) =>
        value > 0 ? (
          <rect key={index} x={index * step + 0.5} width={Math.max(1, step - 1)} y={height - 1 - (value / most) * (height - 2)} height={(value / most) * (height - 2)} fill={`var(--${tone})`} />
        ) : null,
      )}
    </svg>
  );
}
