using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>The clip's audio.</summary>
internal sealed class AudioOptions(VariableDefaults variables) : IRequestOptions
{
    private const string Separate = "separate";

    private readonly Option<bool> _audio = variables.ApplySwitch(
        new("--audio", "-a") { Description = "Render audio; on by default.", DefaultValueFactory = _ => true }, "LTX_DEFAULT_AUDIO");

    private readonly Option<string> _mode = variables.Apply(
        ChoiceOption.Create(
            "--audio-mode", "auto and joint both generate the audio together with the video.", "auto", "auto", "joint", Separate),
        "LTX_AUDIO_MODE");

    private readonly Option<bool> _noAudio = new("--no-audio", "--skip-audio")
    {
        Description = "Render a silent clip, which takes less time; overrides all other audio options.",
    };

    /// <inheritdoc/>
    public OptionGroup Group => new("Audio", [.. Requesting, _noAudio]);

    /// <summary>Options that turn the audio on when the environment turns it off.</summary>
    private IReadOnlyList<Option> Requesting => [_audio, _mode];

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        if (parsed.GetValue(_mode) == Separate)
            errors.Add($"{variables.OriginOf(_mode, parsed)}: Audio that is generated apart from the video does not match it: use joint.");
        var isRequested = Requesting.Any(option => option != _audio && parsed.GetResult(option) is { Implicit: false });
        return request with
        {
            Settings = request.Settings with { Audio = !parsed.GetValue(_noAudio) && (isRequested || parsed.GetValue(_audio)) },
        };
    }
}
