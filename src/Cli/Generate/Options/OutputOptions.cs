using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Csv;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>The files that are written.</summary>
internal sealed class OutputOptions : IRequestOptions
{
    private readonly Option<FileInfo?> _output = new("--output", "-o", "--output-path")
    {
        Description = "Path of the mp4 file; named after the prompt by default.",
    };

    /// <inheritdoc/>
    public OptionGroup Group => new("Output", _output);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var output = parsed.GetValue(_output)?.FullName ?? Path.GetFullPath(OutputPath.Default(1, request.Settings.Prompt));
        if (!Path.GetExtension(output).Equals(".mp4", StringComparison.OrdinalIgnoreCase))
            errors.Add($"--output: {output} does not end in .mp4: clips are mp4 files.");
        return request with { Output = output };
    }
}
