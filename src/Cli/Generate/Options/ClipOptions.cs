using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>What the clip shows, its size and its duration.</summary>
internal sealed class ClipOptions : IRequestOptions
{
    private static readonly RenderSettings Defaults = new() { Prompt = "" };

    private readonly Option<string> _prompt = new("--prompt", "-p") { Description = "Description of the clip.", Required = true };
    private readonly Option<int> _width = NumberOption.Int("--width", "Width in pixels.", Defaults.Width).WithAliases("-W");
    private readonly Option<int> _height = NumberOption.Int("--height", "Height in pixels.", Defaults.Height).WithAliases("-H");
    private readonly Option<int> _frames = NumberOption.Int(
        "--num-frames", "Number of frames: a multiple of 8, plus 1 (e.g. 33).", Defaults.NumFrames).WithAliases("-n");

    private readonly Option<double> _fps = NumberOption.Decimal("--fps", "Frames per second.", Defaults.Fps).WithAliases("--frame-rate");
    private readonly Option<long> _seed = NumberOption.Long(
        "--seed", $"Seed for the noise, 0 to {RenderSettingsRules.MaxSeed}.", Defaults.Seed).WithAliases("-s");

    private readonly Option<bool> _noAudio = new("--no-audio") { Description = "Render a silent clip, which takes less time." };

    /// <inheritdoc/>
    public OptionGroup Group => new("Clip", _prompt, _width, _height, _frames, _fps, _seed, _noAudio);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors) => request with
    {
        Settings = request.Settings with
        {
            Prompt = parsed.GetRequiredValue(_prompt),
            Width = parsed.GetValue(_width),
            Height = parsed.GetValue(_height),
            NumFrames = parsed.GetValue(_frames),
            Fps = parsed.GetValue(_fps),
            Seed = parsed.GetValue(_seed),
            Audio = !parsed.GetValue(_noAudio),
        },
    };
}
