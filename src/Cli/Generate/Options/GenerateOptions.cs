using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>All options of <c>generate</c>.</summary>
internal sealed class GenerateOptions
{
    /// <summary>The groups, in the order of the help. A group may depend on the values of those before it.</summary>
    private readonly IReadOnlyList<IRequestOptions> _groups =
    [
        new ClipOptions(),
        new SamplingOptions(),
        new ConditioningOptions(),
        new ModelOptions(),
        new OutputOptions(),
        new MachineOptions(),
    ];

    /// <summary>The groups of the help.</summary>
    public IReadOnlyList<OptionGroup> Groups => [.. _groups.Select(options => options.Group)];

    /// <summary>Returns the request of a command line.</summary>
    /// <exception cref="UsageException">The request has errors; the message lists all of them, one per line.</exception>
    public GenerateRequest Read(ParseResult parsed)
    {
        var errors = new List<string>();
        var request = _groups.Aggregate(new GenerateRequest(), (request, options) => options.Apply(request, parsed, errors));
        errors.InsertRange(
            0, RenderSettingsRules.Check(request.Settings).Select(error => $"--{error.Setting.Replace('_', '-')}: {error.Reason}"));
        return errors.Count == 0 ? request : throw new UsageException(string.Join('\n', errors));
    }
}
