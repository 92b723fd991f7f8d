using System.Runtime.CompilerServices;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Clips;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Csv;

namespace MlxVideo.Pbm.Commands;

/// <summary>Submits a CSV of the node's machine.</summary>
internal sealed class SubmitCsv(FarmCommand definition) : PbmCommand(definition)
{
    private static readonly FarmArgument SkipInvalid = new(
        "skip_invalid", typeof(bool), "Submit the valid rows of a CSV that contains errors.", false, false, false);

    private readonly FarmArgument _csv = new(
        "csv", typeof(string), "Path of a CSV on the machine of this node, with a header row and one row per clip.", true, false, null);

    private readonly IReadOnlyDictionary<string, FarmArgument> _defined =
        definition.Arguments.ToDictionary(argument => argument.OptionName);

    /// <inheritdoc/>
    public override string Summary => "Submits a CSV of prompts as a batch.";

    /// <inheritdoc/>
    public override IEnumerable<FarmArgument> Arguments =>
        [_csv, SkipInvalid, _defined["weight"], _defined["model"], _defined["max-failed"], SubmissionId, Json];

    private FarmArgument SubmissionId => _defined["submission-id"] with { IsRequired = false };

    /// <inheritdoc/>
    public override async IAsyncEnumerable<string> RunAsync(
        IFarmGateway farm, PbmArguments arguments, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = Value<string>(_csv) ?? throw new FarmRequestException(FarmRequestError.Invalid, $"submit needs --csv: {_csv.Help}");
        var skipInvalid = Value<object>(SkipInvalid) is true;
        var content = BatchCsv.Read(path, new FileProbe(FfmpegTools.Find()));
        foreach (var error in content.Errors)
            yield return $"{Path.GetFileName(path)}: {error}";
        if (content.Rows.Count == 0 || (content.Errors.Count > 0 && !skipInvalid))
            throw new FarmRequestException(
                FarmRequestError.Invalid,
                $"Nothing was submitted: {path} has {(content.Errors.Count == 0 ? "no rows" : $"{content.Errors.Count} errors")}"
                    + (content.Rows.Count > 0 ? "; use --skip-invalid to submit the valid rows." : "."));
        var created = await BatchSubmission.SubmitAsync(
            farm, content.Rows, (double)(Value<object>(_defined["weight"]) ?? 1.0), Value<string>(_defined["model"]), cancellationToken,
            Value<string>(SubmissionId), (int?)Value<object>(_defined["max-failed"]));
        foreach (var line in Lines(created, arguments))
            yield return line;

        T? Value<T>(FarmArgument argument)
            where T : class => arguments.Find(argument) as T;
    }
}
