using System.Globalization;
using System.Net;
using System.Text;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Simulation.Charts;

/// <summary>
/// An SVG chart of the workers' activity over time: one row per worker and one colour per stage kind, paler while loading and fetching.
/// </summary>
public static class WorkChart
{
    private const double Width = 1200;
    private const double LabelWidth = 130;
    private const double RowHeight = 34;
    private const double BarHeight = 24;
    private const double Top = 56;
    private const double Bottom = 34;
    private const double MinLabelledWidth = 14;
    private const string Wasted = "#b00020";

    private static readonly IReadOnlyList<(string Prefix, string Name, string Colour)> Stages =
    [
        ("enhance-prompt", "enhance prompt", "#6b4a9e"), ("encode-prompt", "encode prompt", "#8e6bbf"),
        ("encode-conditioning", "encode images", "#c08ad0"),
        ("denoise-1", "denoise 1", "#2f6fb0"), ("denoise-2", "denoise 2", "#1f9bb5"),
        ("upsample", "upsample", "#e0a526"), ("decode-video", "decode video", "#3f9b57"), ("decode-audio", "decode audio", "#8bbf3f"),
        ("", "prefetch", "#9a9a9a"),
    ];

    /// <summary>Draws a chart.</summary>
    /// <param name="spans">The workers' activity.</param>
    /// <param name="workers">Workers in the order of the rows.</param>
    /// <param name="seconds">End of the time axis.</param>
    public static string Draw(string title, IReadOnlyList<WorkSpan> spans, IReadOnlyList<string> workers, double seconds)
    {
        var scale = (Width - LabelWidth - 20) / Math.Max(seconds, 1e-6);
        var height = Top + (RowHeight * workers.Count) + Bottom;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{height}" """
            + $"""font-family="system-ui, sans-serif" font-size="12">""");
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<rect width="100%" height="100%" fill="white"/>"""
            + $"""<text x="10" y="20" font-size="15" font-weight="600">{WebUtility.HtmlEncode(title)}</text>""");
        Legend(svg);
        Axis(svg, scale, seconds, height);
        for (var row = 0; row < workers.Count; row++)
        {
            var y = Top + (row * RowHeight);
            svg.AppendLine(
                CultureInfo.InvariantCulture,
                $"""<text x="{LabelWidth - 8}" y="{y + 16}" text-anchor="end">{WebUtility.HtmlEncode(workers[row])}</text>""");
            foreach (var span in spans.Where(span => span.Mac == workers[row]))
                Bar(svg, span, scale, y);
        }

        svg.AppendLine(CultureInfo.InvariantCulture, $"</svg>");
        return svg.ToString();
    }

    private static void Legend(StringBuilder svg)
    {
        var x = LabelWidth;
        foreach (var (_, name, colour) in Stages.Append(("", "unused result", Wasted)))
        {
            svg.AppendLine(
                CultureInfo.InvariantCulture,
                $"""<rect x="{x}" y="30" width="11" height="11" fill="{colour}"/><text x="{x + 15}" y="40">{name}</text>""");
            x += 26 + (name.Length * 7);
        }
    }

    private static void Axis(StringBuilder svg, double scale, double seconds, double height)
    {
        var step = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(seconds, 1e-3) / 4)));
        step *= seconds / step > 20 ? 5 : seconds / step > 8 ? 2 : 1;
        for (double at = 0; at <= seconds; at += step)
        {
            var x = LabelWidth + (at * scale);
            svg.AppendLine(
                CultureInfo.InvariantCulture,
                $"""<line x1="{x:0.#}" y1="{Top - 6}" x2="{x:0.#}" y2="{height - Bottom}" stroke="#ddd"/>"""
                + $"""<text x="{x:0.#}" y="{height - 14}" text-anchor="middle" fill="#555">{at:0.###} s</text>""");
        }
    }

    private static void Bar(StringBuilder svg, WorkSpan span, double scale, double y)
    {
        var colour = span.Wasted ? Wasted : Stages.First(stage => span.Stage.StartsWith(stage.Prefix, StringComparison.Ordinal)).Colour;
        var (start, compute, end) =
            (LabelWidth + (span.Start * scale), LabelWidth + (span.ComputeFrom * scale), LabelWidth + (span.End * scale));
        var what = span.Row == 0 ? span.Stage : $"clip {span.Row}, {(span.IsOffload ? "helping with " : "")}{span.Stage}";
        svg.AppendLine(
            CultureInfo.InvariantCulture,
            $"""<g><title>{WebUtility.HtmlEncode(what)}: {span.Start:0.0} to {span.End:0.0} s</title>""");
        if (compute > start)
            svg.AppendLine(
                CultureInfo.InvariantCulture,
                $"""<rect x="{start:0.##}" y="{y}" width="{compute - start:0.##}" height="{BarHeight}" """
                + $"""fill="{colour}" opacity="0.35"/>""");
        svg.AppendLine(
            CultureInfo.InvariantCulture,
            $"""<rect x="{compute:0.##}" y="{y}" width="{Math.Max(0.4, end - compute):0.##}" height="{BarHeight}" """
            + $"""fill="{colour}" stroke="white" stroke-width="0.4"/>""");
        if (span.Row > 0 && end - compute >= MinLabelledWidth)
            svg.AppendLine(
                CultureInfo.InvariantCulture,
                $"""<text x="{(compute + end) / 2:0.#}" y="{y + 16}" text-anchor="middle" fill="white">{span.Row}</text>""");
        svg.AppendLine(CultureInfo.InvariantCulture, $"</g>");
    }
}
