using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>Options of <c>generate</c> that form a group of its help.</summary>
internal interface IRequestOptions
{
    /// <summary>The options, under their title in the help.</summary>
    OptionGroup Group { get; }

    /// <summary>Returns the request with the values of these options.</summary>
    /// <param name="request">The request with the values of all preceding groups (<see cref="GenerateOptions"/>).</param>
    /// <param name="errors">Collects the errors, one sentence each. Errors in the clip's settings are found later.</param>
    GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors);
}
