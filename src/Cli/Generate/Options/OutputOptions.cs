using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>The files that are written.</summary>
internal sealed class OutputOptions(VariableDefaults variables) : IRequestOptions
{
    private readonly Option<FileInfo?> _output = new("--output", "-o", "--output-path")
    {
        Description = "Path of the clip; named after the prompt by default. The video encoder determines the extension.",
    };

    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace existing files." };

    private readonly Option<FileInfo?> _audio = new("--output-audio")
    {
        Description = "Also write the audio to this WAV file, as in the clip but uncompressed.",
    };

    private readonly Option<bool> _saveFrames = new("--save-frames")
    {
        Description = "Also write all frames as PNG files, to a folder named after the clip: fox_frames for fox.mp4.",
    };

    private readonly Option<bool> _stream = new("--stream")
    {
        Description = "Encode each decode tile as soon as it is decoded, and delete it: bounded disk space for clips of any length. "
            + "The clip is the same.",
    };

    private readonly Option<bool> _autoName = new("--auto-output-name")
    {
        Description = "Name the file after the prompt, with a number if the name is taken; --output then selects the folder.",
    };

    /// <inheritdoc/>
    public OptionGroup Group => new("Output", _output, _autoName, _overwrite, _audio, _saveFrames, _stream);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var extension = request.Settings.Extension;
        var isAudioOnly = request.Settings.Pipeline == PipelineKind.TextToAudio;
        var given = parsed.GetValue(_output)?.FullName;
        var output = parsed.GetValue(_autoName)
            ? AutoOutputName.Choose(given, request.Settings.Prompt, extension)
            : given ?? Path.GetFullPath(OutputPath.OfPrompt(request.Settings.Prompt, extension));
        if (!Path.GetExtension(output).Equals(extension, StringComparison.OrdinalIgnoreCase))
            errors.Add($"--output: {output} does not end in {extension}, the extension of "
                + (isAudioOnly ? "audio files." : $"the encoder {VideoEncoders.NameOf(request.Settings.Output.Encoder)}."));
        if (isAudioOnly && parsed.GetValue(_saveFrames))
            errors.Add("--save-frames: audio has no frames: remove the option.");
        var audio = parsed.GetValue(_audio)?.FullName;
        if (audio is not null && !request.Settings.Audio)
            errors.Add("--output-audio: the clip has no audio: remove one of the two options.");
        if (audio is not null && !Path.GetExtension(audio).Equals(".wav", StringComparison.OrdinalIgnoreCase))
            errors.Add($"--output-audio: {audio} does not end in .wav: audio files are WAV files.");
        var frames = parsed.GetValue(_saveFrames)
            ? Path.Combine(Path.GetDirectoryName(output)!, Path.GetFileNameWithoutExtension(output) + "_frames")
            : null;
        if (!parsed.GetValue(_overwrite))
        {
            foreach (var (option, path) in new[] { (_output.Name, output), (_audio.Name, audio), (_saveFrames.Name, frames) })
            {
                if (Path.Exists(path))
                    errors.Add($"{option}: {path} exists: choose another name, or add --overwrite to replace it.");
            }
        }

        var preview = PreviewVariables.Read(variables.Read, errors);
        return request with
        {
            Output = output,
            OutputAudio = audio,
            OutputFrames = frames,
            Preview = preview,
            // A preview is for watching the clip while it is decoded.
            Stream = parsed.GetValue(_stream) || preview is not null,
        };
    }
}
