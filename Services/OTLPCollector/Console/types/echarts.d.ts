// What the console uses of Apache ECharts 6.

declare module "echarts" {
  export type EChartsOption = Record<string, unknown>;

  export interface EChartsEvent {
    componentType?: string;
    seriesType?: string;
    seriesName?: string;
    dataType?: string;
    dataIndex?: number;
    name?: string;
    data?: unknown;
    value?: unknown;
    areas?: { coordRange?: [number, number] }[];
  }

  export interface ECharts {
    setOption(option: EChartsOption, options?: { notMerge?: boolean; lazyUpdate?: boolean }): void;
    on(event: string, handler: (event: EChartsEvent) => void): void;
    dispatchAction(action: Record<string, unknown>): void;
    resize(): void;
    dispose(): void;
    convertFromPixel(finder: Record<string, unknown>, value: [number, number]): [number, number];
  }

  export function init(element: HTMLElement, theme: null, options: { renderer: "canvas" | "svg" }): ECharts;

  const echarts: { init: typeof init };
  export default echarts;
}
