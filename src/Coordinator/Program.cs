using System.CommandLine;
using MlxVideo.Coordinator.Hosting;

return await CoordinatorCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }); // the host handles signals
