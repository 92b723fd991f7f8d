using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>What the clip shows, its size and its duration.</summary>
/// <param name="defaults">Settings for which there are no arguments.</param>
internal sealed class ClipOptions(RenderSettings defaults) : IRequestOptions
{
    private readonly Option<string> _prompt = new("--prompt", "-p") { Description = "Description of the clip." };
    private readonly Option<int> _width = NumberOption.Int("--width", "Width in pixels.", defaults.Width).WithAliases("-W");
    private readonly Option<int> _height = NumberOption.Int("--height", "Height in pixels.", defaults.Height).WithAliases("-H");
    private readonly Option<int> _frames = NumberOption.Int(
        "--num-frames", "Number of frames: a multiple of 8, plus 1 (e.g. 33); other numbers are rounded up.", defaults.NumFrames)
        .WithAliases("-n");

    private readonly Option<int?> _partFrames = NumberOption.OptionalInt(
        "--part-frames",
        "Number of frames, a multiple of 8, plus 1, that are rendered at once: a longer clip is rendered in parts, each of which continues "
            + "the previous one.");

    private readonly Option<int> _overlapFrames = NumberOption.Int(
        "--overlap-frames", "Number of frames at the end of a part with which the next one starts: a multiple of 8, plus 1.",
        defaults.OverlapFrames);

    private readonly Option<bool> _strict = new("--strict") { Description = "Refuse settings that would be adjusted." };
    private readonly Option<double> _fps = NumberOption.Decimal("--fps", "Frames per second.", defaults.Fps).WithAliases("--frame-rate");
    private readonly Option<long> _seed = NumberOption.Long(
        "--seed", $"Seed for the noise, 0 to {RenderSettingsRules.MaxSeed}.", defaults.Seed).WithAliases("-s");

    /// <inheritdoc/>
    public OptionGroup Group => new("Clip", _prompt, _width, _height, _frames, _partFrames, _overlapFrames, _strict, _fps, _seed);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var asked = parsed.GetValue(_frames);
        var frames = parsed.GetValue(_strict) ? asked : RenderSettingsRules.NextNumFrames(asked);
        var notices = new List<string>();
        if (frames != asked)
            notices.Add($"Rendering {frames} frames, because {asked} is not a multiple of 8, plus 1.");
        if (IsGiven(_overlapFrames) && !IsGiven(_partFrames))
            notices.Add($"{_overlapFrames.Name} has no effect without {_partFrames.Name}.");
        var fromSource = (IsGiven(_width) || IsGiven(_height) ? SourceSettings.None : SourceSettings.Size)
            | (IsGiven(_frames) ? SourceSettings.None : SourceSettings.Length)
            | (IsGiven(_fps) ? SourceSettings.None : SourceSettings.Rate);
        return request with
        {
            Inputs = request.Inputs with { FromSource = fromSource },
            Notices = [.. request.Notices, .. notices],
            Settings = request.Settings with
            {
                Prompt = parsed.GetValue(_prompt) ?? "",
                Width = parsed.GetValue(_width),
                Height = parsed.GetValue(_height),
                NumFrames = frames,
                PartFrames = parsed.GetValue(_partFrames),
                OverlapFrames = parsed.GetValue(_overlapFrames),
                Fps = parsed.GetValue(_fps),
                Seed = parsed.GetValue(_seed),
            },
        };

        bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };
    }
}
