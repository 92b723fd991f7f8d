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

    private readonly Option<bool> _autoName = new("--auto-output-name")
    {
        Description = "Name the file after the prompt, with a number if the name is taken; --output then selects the folder.",
    };

    /// <inheritdoc/>
    public OptionGroup Group => new("Output", _output, _autoName);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var given = parsed.GetValue(_output)?.FullName;
        var output = parsed.GetValue(_autoName)
            ? AutoOutputName.Choose(given, request.Settings.Prompt)
            : given ?? Path.GetFullPath(OutputPath.OfPrompt(request.Settings.Prompt));
        if (!Path.GetExtension(output).Equals(".mp4", StringComparison.OrdinalIgnoreCase))
            errors.Add($"--output: {output} does not end in .mp4: clips are mp4 files.");
        return request with { Output = output };
    }
}
