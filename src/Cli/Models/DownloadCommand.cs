using System.CommandLine;
using MlxVideo.Engine.Models;
using MlxVideo.Hub;
using MlxVideo.Hub.Api;
using MlxVideo.Hub.Caching;
using MlxVideo.Hub.Downloads;
using MlxVideo.Hub.Repositories;
using MlxVideo.Hub.Selection;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Models;

/// <summary>The command <c>mlx-video model download</c>: brings a model from the Hugging Face hub into its cache.</summary>
internal static class DownloadCommand
{
    private const int MaxParallel = 32;
    private const int Sha256Digits = 64;

    public static Command Create()
    {
        var repository = new Argument<string>("repository")
        {
            Description = $"OWNER/NAME[@REVISION], or an alias: {string.Join(", ", RepositoryReference.Aliases)}.",
        };
        repository.CompletionSources.Add([.. RepositoryReference.Aliases]);
        var defaults = new SelectionOptions();
        var variant = new Option<string>("--variant")
        {
            Description = "distilled, for few steps without guidance, or dev, for guided pipelines and training.",
            DefaultValueFactory = _ => defaults.Variant,
        };
        variant.AcceptOnlyFromAmong(SelectionOptions.Distilled, SelectionOptions.Dev);
        var precision = new Option<string>("--precision")
        {
            Description = "Number format of the checkpoint as in its file name, for example bf16, fp8 or 4bit.",
            DefaultValueFactory = _ => defaults.Precision,
        };
        var upscalers = new Option<bool>("--all-upscalers") { Description = "Also the upscalers that the standard pipelines do not use." };
        var distilledLora = new Option<bool>("--distilled-lora") { Description = "Also the adapter for the second pass of two stages." };
        var noTextEncoder = new Option<bool>("--no-text-encoder") { Description = "Leave out the text encoder, about 24 GB." };
        var include = new Option<string[]>("--include")
        {
            Description = "Download the files that match PATTERN (with * and ?) instead of the selection above; repeatable.",
            HelpName = "PATTERN",
            DefaultValueFactory = _ => [],
        };
        var plan = new Option<bool>("--plan") { Description = "Only show the files and their sizes." };
        var parallel = NumberOption.Int(
            "--parallel", "Number of files transferred at a time.", DownloadSettings.Default.Parallel,
            NumberOption.Between(1, MaxParallel));
        var command = new Command(
            "download", "Downloads a model from the Hugging Face hub into its cache; continues an interrupted download.")
        {
            repository,
        };
        command.AddGroups(
            new OptionGroup("Files", variant, precision, upscalers, distilledLora, noTextEncoder, include),
            new OptionGroup("Transfer", plan, parallel));
        command.SetAction((parsed, cancellationToken) => RunAsync(
            RepositoryReference.Parse(parsed.GetRequiredValue(repository)),
            new SelectionOptions(
                parsed.GetRequiredValue(variant), parsed.GetRequiredValue(precision), parsed.GetValue(upscalers),
                parsed.GetValue(distilledLora), !parsed.GetValue(noTextEncoder), parsed.GetValue(include)),
            DownloadSettings.Default with { Parallel = parsed.GetValue(parallel) },
            parsed.GetValue(plan),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        RepositoryReference reference, SelectionOptions options, DownloadSettings settings, bool planOnly,
        CancellationToken cancellationToken)
    {
        var environment = HubEnvironment.OfUser();
        using var http = HubClient.NewHttpClient();
        var client = new HubClient(http, environment);
        var cache = new HubCache(environment.CacheFolder);
        var downloader = new Downloader(client, cache, settings, TimeProvider.System);
        var plan = await downloader.PlanAsync(reference, options, Console.Error.WriteLine, cancellationToken);
        DownloadDisplay.Show(plan, client);
        if (planOnly)
            return ExitCodes.Done;
        var snapshot = await DownloadDisplay.FollowAsync(plan, progress => downloader.RunAsync(plan, progress, cancellationToken));
        RememberHashes(plan, cache);
        Console.WriteLine(snapshot);
        return ExitCodes.Done;
    }

    /// <summary>Spares the first use of the model reading it again only to compute the hashes that the download has just checked.</summary>
    private static void RememberHashes(DownloadPlan plan, HubCache cache)
    {
        foreach (var file in plan.Files.Select(planned => planned.File).Where(file => file.Hash.Length == Sha256Digits))
            ContentHashCache.OfUser.Add(cache.PathOf(plan.Model, file), file.Hash);
    }
}
